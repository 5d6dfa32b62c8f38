const groups = claims["groups"];
