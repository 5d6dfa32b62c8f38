parser_settings = {"strict": False}
