// Verifies checkpoints of the audit log with Go's own transparency-log packages
// (golang.org/x/mod/sumdb, as used for Go's checksum database):
//
//	verify_checkpoint VKEY NOTE				signature
//	verify_checkpoint VKEY NOTE PROOF INDEX LEAF	and that a leaf is in the log
//	verify_checkpoint VKEY NOTE PROOF OLDNOTE	and that the log continues an older one
//
// NOTE and OLDNOTE are files, PROOF is hashes in hexadecimal, one in a line, as
// pdauth.inclusion_proof() and pdauth.consistency_proof() give them, LEAF a hash.
package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// tree verifies the signature; the text is origin, size and root, each in a line.
func tree(verifier note.Verifier, path string) (int64, tlog.Hash) {
	content, err := os.ReadFile(path)
	check(err)
	opened, err := note.Open(content, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		log.Fatal("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	return size, tlog.Hash(root)
}

func hash(digits string) tlog.Hash {
	bytes, err := hex.DecodeString(digits)
	check(err)
	return tlog.Hash(bytes)
}

func main() {
	log.SetFlags(0)
	verifier, err := note.NewVerifier(os.Args[1])
	check(err)
	size, root := tree(verifier, os.Args[2])
	fmt.Println("signature of", verifier.Name(), "over", size, "leaves")
	if len(os.Args) < 5 {
		return
	}
	content, err := os.ReadFile(os.Args[3])
	check(err)
	var proof []tlog.Hash
	for _, line := range strings.Fields(string(content)) {
		proof = append(proof, hash(line))
	}
	if len(os.Args) == 6 {
		index, err := strconv.ParseInt(os.Args[4], 10, 64)
		check(err)
		check(tlog.CheckRecord(proof, size, root, index, hash(os.Args[5])))
		fmt.Println("leaf", index, "is in the log")
	} else {
		oldSize, oldRoot := tree(verifier, os.Args[4])
		check(tlog.CheckTree(proof, size, root, oldSize, oldRoot))
		fmt.Println("the log continues that of", oldSize, "leaves")
	}
}
