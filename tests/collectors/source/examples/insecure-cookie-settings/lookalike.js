export default defineConfig({
  server: { proxy: { "/api": { target: "https://localhost:7001", changeOrigin: true, secure: false } } },
});
