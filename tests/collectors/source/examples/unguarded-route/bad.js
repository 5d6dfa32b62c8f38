const router = express.Router();

router.get("/orders", requireToken, orders.list);
router.get("/orders/export", (req, res) => {
  res.json(orders.everything());
});
