function callback(req, res) {
  req.session.user = jwt.decode(req.body.id_token);
}
