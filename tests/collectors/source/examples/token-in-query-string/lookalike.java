class Mail {
    String link = "https://orders.contoso.com/reset-password?token=" + code;
}
