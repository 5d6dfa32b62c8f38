public class OrderForm
{
    public bool RequireState { get; set; }

    public static OrderForm ForCountriesWithoutStates() => new() { RequireState = false };
}
