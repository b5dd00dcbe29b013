"""How text is formatted, made safe, laid out and printed."""
