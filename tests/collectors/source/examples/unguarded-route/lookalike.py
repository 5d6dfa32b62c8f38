@app.route("/health")
def health():
    return jsonify(status="up")
