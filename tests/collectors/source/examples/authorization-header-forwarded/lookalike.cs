var header = Request.Headers["Authorization"].ToString();
var principal = handler.ValidateToken(header.Substring(7), parameters, out _);
