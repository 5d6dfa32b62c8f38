@router.get("/orders")
async def read(user=Security(signed_in, scopes=["Orders.Read"])):
    return await orders.of(user)


@router.get("/health")
async def health():
    return {"status": "up"}
