user = User.objects.get(oid=claims["oid"], tid=claims["tid"])
