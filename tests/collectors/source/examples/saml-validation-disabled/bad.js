const saml = new SamlStrategy({ issuer, cert, wantAssertionsSigned: false }, done);
