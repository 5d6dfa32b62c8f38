const form = { "groups": order.groups };
