fs.writeFileSync("cache.json", client.getTokenCache().serialize());
