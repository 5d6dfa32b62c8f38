const role = claims.role || "editor";
