package orders

const query = "client_id=%s&response_type=code&state=%s"
