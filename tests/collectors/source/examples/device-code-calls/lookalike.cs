public sealed record DeviceCodeCredentialOptionsView(string ClientId);
