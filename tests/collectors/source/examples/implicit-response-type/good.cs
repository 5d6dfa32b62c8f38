options.ResponseType = OpenIdConnectResponseType.Code;
