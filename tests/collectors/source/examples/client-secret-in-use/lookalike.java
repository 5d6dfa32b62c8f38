class Keys {
    SecretKey key = KeyFactory.createFromSecretShares(shares);
}
