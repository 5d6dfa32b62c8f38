def zone(request):
    return "internal" if request.remote_addr.startswith("10.") else "external"
