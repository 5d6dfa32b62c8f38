user = User.objects.get(email=claims["email"])
