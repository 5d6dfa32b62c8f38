const order = { requireApproval: total > 1000 };
