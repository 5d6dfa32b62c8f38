function show(idToken) {
  return jwt.decode(idToken).name;
}
