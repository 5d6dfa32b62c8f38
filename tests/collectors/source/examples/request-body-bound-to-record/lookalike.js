const problems = schema.validate(req.body);
