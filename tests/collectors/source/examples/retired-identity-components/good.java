import com.microsoft.aad.msal4j.ConfidentialClientApplication;

class Orders {
    String graph = "https://graph.microsoft.com/";
}
