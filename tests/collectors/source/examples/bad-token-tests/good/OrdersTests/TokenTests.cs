[InlineData("wrong_audience")]
[InlineData("wrong_issuer")]
[InlineData("expired")]
[InlineData("tampered")]
public async Task Refuses(string fault) => Assert.Equal(HttpStatusCode.Unauthorized, (await Get(TokenWith(fault))).StatusCode);
