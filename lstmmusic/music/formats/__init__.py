"""File formats of music: each module turns bytes into a `Score`, or a `Score` into bytes, and knows no grid."""
