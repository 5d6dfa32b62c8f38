class SignIn
{
    async Task<Orders> Read() => await _http.GetFromJsonAsync<Orders>("/bff/orders");
}
