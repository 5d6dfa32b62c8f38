form = dict(**request.args)
