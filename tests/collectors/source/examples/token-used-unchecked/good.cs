public async Task<string> Token(HttpContent body)
{
    var answer = await _http.PostAsync("https://login.microsoftonline.com/contoso/oauth2/v2.0/token", body);
    if (!answer.IsSuccessStatusCode) throw new TokenRefused(answer.ReasonPhrase);
    var result = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
    return result.RootElement.GetProperty("access_token").GetString();
}
