public async Task RefusesNobody() => Assert.Equal(HttpStatusCode.Unauthorized, (await Get(null)).StatusCode);
