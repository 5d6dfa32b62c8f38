const saml = new SamlStrategy({ issuer, cert, wantAssertionsSigned: true, audience: issuer }, done);
