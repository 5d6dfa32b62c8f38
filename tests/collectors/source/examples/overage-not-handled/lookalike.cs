var view = new Dictionary<string, object> { ["groups"] = order.Groups };
