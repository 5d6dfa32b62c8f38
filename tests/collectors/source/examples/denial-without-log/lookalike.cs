if (order is null) return NotFound();
