class Exchange
{
    async Task<string> Token(HttpClient client, string tenant, FormUrlEncodedContent form)
    {
        var answer = await client.PostAsync($"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", form);
        return await answer.Content.ReadAsStringAsync();
    }
}
