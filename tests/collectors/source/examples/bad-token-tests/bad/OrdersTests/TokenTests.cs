public async Task Accepts() => Assert.Equal(HttpStatusCode.OK, (await Get(Token())).StatusCode);
