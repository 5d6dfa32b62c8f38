@router.get("/orders")
async def read(user=Security(signed_in, scopes=["Orders.Read"])):
    return await orders.of(user)


@router.post("/orders")
async def place(order: Order, user=Security(signed_in, scopes=["Orders.ReadWrite"])):
    return await orders.add(user, order)
