@RestController
@RequestMapping("/admin/roles")
class RolesController {
    @PostMapping
    @PreAuthorize("hasAuthority('APPROLE_Orders.Admin')")
    ResponseEntity<Void> grant(@RequestBody Grant grant, @AuthenticationPrincipal Jwt caller) {
        roles.grant(grant.user(), grant.role());
        log.info("{} granted {} to {}", caller.getClaimAsString("oid"), grant.role(), grant.user());
        return ResponseEntity.noContent().build();
    }
}
