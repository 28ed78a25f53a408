/// Where the tests find the repository they were built from.
module Qwem.Validation.Tests.Repository

open System.IO

/// The folder that holds Qwem.sln.
let root =
    let rec up (folder: DirectoryInfo) =
        if File.Exists(Path.Combine(folder.FullName, "Qwem.sln")) then
            folder.FullName
        else
            match folder.Parent with
            | null -> invalidOp $"Qwem.sln is in no folder above {System.AppContext.BaseDirectory}"
            | parent -> up parent

    up (DirectoryInfo System.AppContext.BaseDirectory)

/// A file of the repository, by its path from the root.
let file (path: string) = Path.Combine(root, path)
