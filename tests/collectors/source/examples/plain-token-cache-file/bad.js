async function afterCacheAccess(context) {
  await fs.promises.writeFile("cache.json", context.tokenCache.serialize());
}
