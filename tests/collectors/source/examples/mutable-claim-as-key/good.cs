var orders = await _service.GetOrdersOf(User.GetObjectId(), User.GetTenantId());
