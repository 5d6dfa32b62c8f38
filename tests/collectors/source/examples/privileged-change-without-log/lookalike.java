@RestController
@RequestMapping("/admin/roles")
class RolesController {
    @GetMapping
    @PreAuthorize("hasAuthority('APPROLE_Orders.Admin')")
    List<Role> everything() {
        return roles.everything();
    }
}
