class Downstream
{
    async Task<string> Get(HttpClient client, HttpRequest request)
    {
        client.DefaultRequestHeaders.Add("Authorization", Request.Headers["Authorization"].ToString());
        return await (await client.SendAsync(message)).Content.ReadAsStringAsync();
    }

    HttpClient Client => new HttpClient();
}
