order = Order(**request.get_json())
