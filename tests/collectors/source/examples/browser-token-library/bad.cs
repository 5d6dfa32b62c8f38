class SignIn
{
    async Task Keep(Answer answer) => await _localStorage.SetItemAsync("authToken", answer.Token);
}
