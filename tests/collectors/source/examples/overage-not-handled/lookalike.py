form = {"groups": [group.name for group in order.groups]}
