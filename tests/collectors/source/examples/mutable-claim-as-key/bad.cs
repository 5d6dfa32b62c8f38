var orders = await _service.GetOrdersOf(User.Identity.Name);
