@RestController
@RequestMapping("/admin/roles")
class RolesController {
    @PostMapping
    @PreAuthorize("hasAuthority('APPROLE_Orders.Admin')")
    ResponseEntity<Void> grant(@RequestBody Grant grant) {
        roles.grant(grant.user(), grant.role());
        return ResponseEntity.noContent().build();
    }
}
