req.session.tokenCache = client.getTokenCache().serialize();
await fs.promises.writeFile("orders.json", JSON.stringify(orders));
