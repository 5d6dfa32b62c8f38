import com.microsoft.aad.adal4j.AuthenticationContext;

class Orders {
    String graph = "https://graph.windows.net/";
}
